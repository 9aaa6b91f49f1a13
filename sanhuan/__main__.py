"""`python -m sanhuan` is the command `sanhuan`."""

from sanhuan import cli

if __name__ == "__main__":
    cli.main()
