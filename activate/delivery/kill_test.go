package delivery_test

func child() bool { return false }
