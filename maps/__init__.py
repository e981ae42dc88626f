"""What people see: a finished run drawn as one self-contained page."""
