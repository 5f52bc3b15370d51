"""What is embedded in an original, read and merged as the Metadata Working Group advises."""
