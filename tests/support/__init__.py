"""What several folders of tests share beyond fixtures."""
