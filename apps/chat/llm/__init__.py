"""Language model providers behind one interface. No Django in here: configuration is passed in."""
