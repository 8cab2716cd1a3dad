"""The web page: plain files, served as they are."""
