"""What happens: one file per thing the program does, on the ports of the outer rooms."""
