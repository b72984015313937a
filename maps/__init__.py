"""How findings look; no predicates, no thresholds."""
