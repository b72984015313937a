"""Files, coordinate reference systems and geometry; no water, no law, no colour.

Importing this package loads no library and closes GDAL's side doors first: GDAL chooses a driver by
the content of a file, so a document named `zones.geojson` may be a VRT that reads any file or URL.
GDAL looks at these settings only once, when pyogrio or fiona is first imported; therefore they
stand here, before any such import, and `gis.features` refuses to read where they came too late.
"""

import logging
import os

# What may read. MEM and Memory are GDAL's own scratch formats and open no path.
DRIVERS = frozenset(
    {"ESRI Shapefile", "FlatGeobuf", "GPKG", "GeoJSON", "GeoJSONSeq", "KML", "LIBKML", "MEM", "Memory", "OpenFileGDB"}
)

# GDAL has no allow-list, so every other vector driver of GDAL 3.6 to 3.12 is named here.
SKIPPED_DRIVERS = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,Arrow,CAD,CSV,CSW,Carto,Cloudant,CouchDB,DGN,DGNv8,DODS,DWG,DXF,"
    "EDIGEO,EEDA,ESRIJSON,Elasticsearch,FileGDB,GDALG,GML,GMLAS,GPSBabel,GPX,GTFS,Geoconcept,GeoRSS,HANA,HTTP,"
    "IDB,Idrisi,JML,JSONFG,LVBAG,MBTiles,MSSQLSpatial,MVT,MapML,MiraMonVector,MongoDBv3,MySQL,NAS,NGW,OAPIF,"
    "OCI,ODBC,ODS,OGCAPI,OGDI,OGR_DODS,OGR_GMT,OGR_GRASS,OGR_PDS,OGR_SDTS,OGR_VRT,OSM,OpenJUMP,PCIDSK,PDF,PDS4,"
    "PGDUMP,PGeo,PLSCENES,PMTiles,Parquet,PostgreSQL,S57,SOSI,SQLite,SVG,SXF,Selafin,SEGY,TIGER,TileDB,"
    "TopoJSON,VDV,VFK,VICAR,WAsP,WFS,Walk,XLS,XLSX,XODR,netCDF,MapInfo File,UK .NTF,Interlis 1,Interlis 2"
)

os.environ["GDAL_SKIP"] = SKIPPED_DRIVERS
os.environ["CPL_VSIL_CURL_ALLOWED_EXTENSIONS"] = "{none}"
# fiona logs a warning for each skipped driver that its build does not have; without a handler Python prints them.
logging.getLogger("fiona").addHandler(logging.NullHandler())
# GDAL itself would print the same at its first use, before pyogrio can catch it.
os.environ.setdefault("CPL_LOG", os.devnull)
