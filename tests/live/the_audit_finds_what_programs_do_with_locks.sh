# Small programs with one fault each: what the audit finds in them, by lib.sh's audit_finds. Here those about locks.

audit_finds 15 lock_ unlock_
