"""Real clients and servers, on loopback: what they send is read, what they read is written."""
