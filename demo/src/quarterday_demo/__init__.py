"""An invented council to try everything on."""
