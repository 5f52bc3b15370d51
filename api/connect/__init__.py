"""The Connect contract: editorial metadata of images, for newsrooms."""
