"""What the data mean and what the law asks of them."""
