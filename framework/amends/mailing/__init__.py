"""Messages and invitations as e-mail, one letter per person; what comes back. Addresses are never kept."""
