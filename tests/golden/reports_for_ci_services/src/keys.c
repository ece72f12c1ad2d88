/* keys.c - only its name is looked at: the program was built in another copy of this directory. */
