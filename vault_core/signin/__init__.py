"""Who somebody is: roles, second factors, passkeys, single sign-on, and ways back in."""
