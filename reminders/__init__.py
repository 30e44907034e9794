"""The duties: when somebody must act."""
