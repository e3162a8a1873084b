"""The ``nurie`` command. Importing it loads the standard library only, so ``nurie --help`` answers at once."""
