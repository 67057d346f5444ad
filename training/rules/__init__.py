"""What the training policy says. No Django; `now` and `today` are parameters."""
