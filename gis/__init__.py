"""Files, coordinate reference systems and geometry; no water, no law, no colour."""
