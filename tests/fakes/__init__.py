"""Small fakes, one for each outer world."""
