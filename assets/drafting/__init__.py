"""Parts of `assets.draft`: reading the extract and lists, finding sites, people and layers."""
