"""What different people do first, done as they would: by the commands that they are told."""
