// What the server of test_cap.py serves; its data is held by shop.js.
service Shop {
  entity Orders {
    key ID    : Integer;
        note  : String;
        lines : Composition of many Lines
                  on lines.order = $self;
  }

  entity Lines {
    key name  : String;
        order : Association to Orders;
  }

  action clear();
}
