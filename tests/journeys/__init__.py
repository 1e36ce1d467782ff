"""Whole stories: the unchanged program as a process of its own, against the sandbox over the network."""
