"""The rules: which renditions and chunks there are, how each is made, and what must hold before a release is shown."""
