"""What happened to images, numbered and told in order."""
