"""What is true: values and decisions. Standard library only; no input or output, no clock."""
