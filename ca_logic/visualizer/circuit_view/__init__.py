"""A circuit as a drawing in which one sees it compute."""
