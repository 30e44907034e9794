"""An invented district: its people, what bureaus know of them, and the files they would send."""
