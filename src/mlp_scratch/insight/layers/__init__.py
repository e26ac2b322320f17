"""What happens in the layers while a network trains, taken between epochs on the same few rows."""
