"""What editors and newsrooms say of images, file them under, and call them."""
