"""One module per engine, each with the jobs it can do.

A job is a function of three paths (subjects, zones, where to write the pairs) that imports what it
needs and gives the work as a function; the work gives its counts as a dictionary. So importing and
working are timed apart. A module may also give `loading`, the seconds of its work that went into
loading and indexing.
"""

REACH = 300.0
MERCATOR = "EPSG:3857"
