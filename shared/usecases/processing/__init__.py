"""What a worker may write of an image, and what happens when all else is lost."""
