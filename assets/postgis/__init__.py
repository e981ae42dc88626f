"""Tables of a PostgreSQL server with PostGIS; `assets.database` is the way in."""
