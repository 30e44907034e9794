"""Every enumeration with the words people read; lifecycles as tables. Pure Python."""
