"""What is handed to an auditor: the register of training, and packs of evidence."""
