"""Who a payee is: names read and compared, kinds of payee recognised, the council's own list of suppliers."""
