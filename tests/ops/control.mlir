// if and while: the values are worked out by hand.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @if_true() {
  %c = dlc.constant dense<true> : tensor<i1>
  %x = dlc.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %y = dlc.constant dense<[10.0, 20.0, 30.0, 40.0]> : tensor<4xf32>
  %r:2 = dlc.if %c(%x, %y) : (tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = dlc.add %a, %b : tensor<4xf32>
    %1 = dlc.slice %0 start = [0] stride = [1] : tensor<4xf32> -> tensor<2xf32>
    dlc.yield %0, %1 : tensor<4xf32>, tensor<2xf32>
  } else {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = dlc.slice %b start = [2] stride = [1] : tensor<4xf32> -> tensor<2xf32>
    dlc.yield %a, %0 : tensor<4xf32>, tensor<2xf32>
  }
  dlc.check_close %r#0, dense<[11.0, 22.0, 33.0, 44.0]> : tensor<4xf32> : tensor<4xf32>
  dlc.check_close %r#1, dense<[11.0, 22.0]> : tensor<2xf32> : tensor<2xf32>
  return
}

// A branch may give a capture as it is.
func.func @if_false() {
  %c = dlc.constant dense<false> : tensor<i1>
  %x = dlc.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %y = dlc.constant dense<[10.0, 20.0, 30.0, 40.0]> : tensor<4xf32>
  %r:2 = dlc.if %c(%x, %y) : (tensor<i1>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<2xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = dlc.add %a, %b : tensor<4xf32>
    %1 = dlc.slice %0 start = [0] stride = [1] : tensor<4xf32> -> tensor<2xf32>
    dlc.yield %0, %1 : tensor<4xf32>, tensor<2xf32>
  } else {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
    %0 = dlc.slice %b start = [2] stride = [1] : tensor<4xf32> -> tensor<2xf32>
    dlc.yield %a, %0 : tensor<4xf32>, tensor<2xf32>
  }
  %sum = dlc.add %r#0, %y : tensor<4xf32>
  dlc.check_close %sum, dense<[11.0, 22.0, 33.0, 44.0]> : tensor<4xf32> : tensor<4xf32>
  dlc.check_close %r#1, dense<[30.0, 40.0]> : tensor<2xf32> : tensor<2xf32>
  return
}

// 0 1 1 2 3 5 8 13 21 34 55: how often the body runs is known at run time only, and carried values change places.
func.func @while_fibonacci() {
  %n = dlc.constant dense<10> : tensor<i64>
  %go = dlc.constant dense<true> : tensor<i1>
  %zero = dlc.constant dense<0> : tensor<i64>
  %one = dlc.constant dense<1> : tensor<i64>
  %r:4 = dlc.while(%go, %zero, %zero, %one, %n) carried = 4 limit = -1 {conditional}
      : (tensor<i1>, tensor<i64>, tensor<i64>, tensor<i64>, tensor<i64>) -> (tensor<i1>, tensor<i64>, tensor<i64>, tensor<i64>) {
  ^bb0(%g: tensor<i1>, %i: tensor<i64>, %a: tensor<i64>, %b: tensor<i64>, %m: tensor<i64>):
    %k = dlc.constant dense<1> : tensor<i64>
    %j = dlc.add %i, %k : tensor<i64>
    %s = dlc.add %a, %b : tensor<i64>
    %c = dlc.compare lt %j, %m : tensor<i64> -> tensor<i1>
    dlc.yield %c, %j, %b, %s : tensor<i1>, tensor<i64>, tensor<i64>, tensor<i64>
  }
  dlc.check_close %r#1, dense<10> : tensor<i64> : tensor<i64>
  dlc.check_close %r#2, dense<55> : tensor<i64> : tensor<i64>
  dlc.check_close %r#3, dense<89> : tensor<i64> : tensor<i64>
  return
}

// No step at all: carried values stay, rows are 0.
func.func @while_never() {
  %go = dlc.constant dense<false> : tensor<i1>
  %x = dlc.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %r:3 = dlc.while(%go, %x) carried = 2 limit = 3 {conditional} : (tensor<i1>, tensor<2xf32>) -> (tensor<i1>, tensor<2xf32>, tensor<3x2xf32>) {
  ^bb0(%g: tensor<i1>, %a: tensor<2xf32>):
    %0 = dlc.add %a, %a : tensor<2xf32>
    dlc.yield %g, %0, %0 : tensor<i1>, tensor<2xf32>, tensor<2xf32>
  }
  dlc.check_close %r#1, dense<[1.0, 2.0]> : tensor<2xf32> : tensor<2xf32>
  dlc.check_close %r#2, dense<0.0> : tensor<3x2xf32> : tensor<3x2xf32>
  return
}

// The condition ends it after three of five steps.
func.func @while_rows_until() {
  %go = dlc.constant dense<true> : tensor<i1>
  %x = dlc.constant dense<[1.0, 3.0]> : tensor<2xf32>
  %most = dlc.constant dense<8.0> : tensor<f32>
  %r:3 = dlc.while(%go, %x, %most) carried = 2 limit = 5 {conditional}
      : (tensor<i1>, tensor<2xf32>, tensor<f32>) -> (tensor<i1>, tensor<2xf32>, tensor<5x2xf32>) {
  ^bb0(%g: tensor<i1>, %a: tensor<2xf32>, %m: tensor<f32>):
    %0 = dlc.add %a, %a : tensor<2xf32>
    %1 = dlc.slice %0 start = [0] stride = [1] : tensor<2xf32> -> tensor<1xf32>
    %2 = dlc.reshape %1 : tensor<1xf32> -> tensor<f32>
    %3 = dlc.compare lt %2, %m : tensor<f32> -> tensor<i1>
    dlc.yield %3, %0, %0 : tensor<i1>, tensor<2xf32>, tensor<2xf32>
  }
  dlc.check_close %r#1, dense<[8.0, 24.0]> : tensor<2xf32> : tensor<2xf32>
  dlc.check_close %r#2, dense<[[2.0, 6.0], [4.0, 12.0], [8.0, 24.0], [0.0, 0.0], [0.0, 0.0]]> : tensor<5x2xf32> : tensor<5x2xf32>
  return
}

// Sums of what came before, of rows that are no multiple of 64 bytes long.
func.func @while_scan() {
  %s = dlc.constant dense<[0.0, 100.0]> : tensor<2xf32>
  %xs = dlc.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]> : tensor<6x2xf32>
  %r:2 = dlc.while(%s, %xs) carried = 1 limit = 6 {sequences = 1 : i64} : (tensor<2xf32>, tensor<6x2xf32>) -> (tensor<2xf32>, tensor<6x2xf32>) {
  ^bb0(%a: tensor<2xf32>, %x: tensor<2xf32>):
    %0 = dlc.add %a, %x : tensor<2xf32>
    dlc.yield %0, %0 : tensor<2xf32>, tensor<2xf32>
  }
  dlc.check_close %r#0, dense<[36.0, 142.0]> : tensor<2xf32> : tensor<2xf32>
  dlc.check_close %r#1, dense<[[1.0, 102.0], [4.0, 106.0], [9.0, 112.0], [16.0, 120.0], [25.0, 130.0], [36.0, 142.0]]> : tensor<6x2xf32> : tensor<6x2xf32>
  return
}

// The same from the end, and the rows turned: they come in the order of the sequence again.
func.func @while_reversed() {
  %s = dlc.constant dense<[0.0, 100.0]> : tensor<2xf32>
  %xs = dlc.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]> : tensor<6x2xf32>
  %r:3 = dlc.while(%s, %xs) carried = 1 limit = 6 {sequences = 1 : i64, reversed = array<i64: 0, 1>} : (tensor<2xf32>, tensor<6x2xf32>) -> (tensor<2xf32>, tensor<6x2xf32>, tensor<6x2xf32>) {
  ^bb0(%a: tensor<2xf32>, %x: tensor<2xf32>):
    %0 = dlc.add %a, %x : tensor<2xf32>
    dlc.yield %0, %0, %x : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
  }
  dlc.check_close %r#0, dense<[36.0, 142.0]> : tensor<2xf32> : tensor<2xf32>
  dlc.check_close %r#1, dense<[[36.0, 142.0], [35.0, 140.0], [32.0, 136.0], [27.0, 130.0], [20.0, 122.0], [11.0, 112.0]]> : tensor<6x2xf32> : tensor<6x2xf32>
  dlc.check_close %r#2, dense<[[11.0, 12.0], [9.0, 10.0], [7.0, 8.0], [5.0, 6.0], [3.0, 4.0], [1.0, 2.0]]> : tensor<6x2xf32> : tensor<6x2xf32>
  return
}

// Carried values that go round: nothing computes them.
func.func @while_rotates() {
  %a = dlc.constant dense<[1, 2]> : tensor<2xi32>
  %b = dlc.constant dense<[3, 4]> : tensor<2xi32>
  %c = dlc.constant dense<[5, 6]> : tensor<2xi32>
  %d = dlc.constant dense<[7, 8]> : tensor<2xi32>
  %r:5 = dlc.while(%a, %b, %c, %d) carried = 4 limit = 5 : (tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>)
      -> (tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<5x2xi32>) {
  ^bb0(%0: tensor<2xi32>, %1: tensor<2xi32>, %2: tensor<2xi32>, %3: tensor<2xi32>):
    dlc.yield %1, %2, %3, %0, %2 : tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>, tensor<2xi32>
  }
  dlc.check_close %r#0, dense<[3, 4]> : tensor<2xi32> : tensor<2xi32>
  dlc.check_close %r#1, dense<[5, 6]> : tensor<2xi32> : tensor<2xi32>
  dlc.check_close %r#2, dense<[7, 8]> : tensor<2xi32> : tensor<2xi32>
  dlc.check_close %r#3, dense<[1, 2]> : tensor<2xi32> : tensor<2xi32>
  dlc.check_close %r#4, dense<[[5, 6], [7, 8], [1, 2], [3, 4], [5, 6]]> : tensor<5x2xi32> : tensor<5x2xi32>
  return
}

// A loop in a branch in a loop, over rows of rows: the sums of the even columns of each row, negative where they exceed
// 20.
func.func @while_nested() {
  %xs = dlc.constant dense<[[[1.0, 9.0], [2.0, 9.0], [3.0, 9.0], [4.0, 9.0], [5.0, 9.0]],
                            [[6.0, 9.0], [7.0, 9.0], [8.0, 9.0], [9.0, 9.0], [0.0, 9.0]],
                            [[1.0, 9.0], [1.0, 9.0], [1.0, 9.0], [1.0, 9.0], [1.0, 9.0]],
                            [[5.0, 9.0], [5.0, 9.0], [5.0, 9.0], [5.0, 9.0], [5.0, 9.0]],
                            [[0.0, 9.0], [0.0, 9.0], [0.0, 9.0], [0.0, 9.0], [2.0, 9.0]]]> : tensor<5x5x2xf32>
  %zero = dlc.constant dense<0.0> : tensor<f32>
  %limit = dlc.constant dense<20.0> : tensor<f32>
  %r:3 = dlc.while(%zero, %xs, %limit) carried = 1 limit = 5 {sequences = 1 : i64}
      : (tensor<f32>, tensor<5x5x2xf32>, tensor<f32>) -> (tensor<f32>, tensor<5xf32>, tensor<5x5xf32>) {
  ^bb0(%total: tensor<f32>, %x: tensor<5x2xf32>, %most: tensor<f32>):
    %none = dlc.constant dense<0.0> : tensor<f32>
    %sum, %part = "dlc.while"(%none, %x) <{carried = 1 : i64, limit = 5 : i64, sequences = 1 : i64, reversed = array<i64: 0>}> ({
    ^bb0(%a: tensor<f32>, %row: tensor<2xf32>):
      %0 = dlc.slice %row start = [0] stride = [1] : tensor<2xf32> -> tensor<1xf32>
      %1 = dlc.reshape %0 : tensor<1xf32> -> tensor<f32>
      %2 = dlc.add %a, %1 : tensor<f32>
      dlc.yield %2, %2 : tensor<f32>, tensor<f32>
    }) : (tensor<f32>, tensor<5x2xf32>) -> (tensor<f32>, tensor<5xf32>)
    %much = dlc.compare gt %sum, %most : tensor<f32> -> tensor<i1>
    %y = dlc.if %much(%sum) : (tensor<i1>, tensor<f32>) -> tensor<f32> {
    ^bb0(%v: tensor<f32>):
      %0 = dlc.neg %v : tensor<f32>
      dlc.yield %0 : tensor<f32>
    } else {
    ^bb0(%v: tensor<f32>):
      dlc.yield %v : tensor<f32>
    }
    %t = dlc.add %total, %y : tensor<f32>
    dlc.yield %t, %y, %part : tensor<f32>, tensor<f32>, tensor<5xf32>
  }
  dlc.check_close %r#0, dense<-33.0> : tensor<f32> : tensor<f32>
  dlc.check_close %r#1, dense<[15.0, -30.0, 5.0, -25.0, 2.0]> : tensor<5xf32> : tensor<5xf32>
  dlc.check_close %r#2, dense<[[5.0, 9.0, 12.0, 14.0, 15.0], [0.0, 9.0, 17.0, 24.0, 30.0], [1.0, 2.0, 3.0, 4.0, 5.0],
                               [5.0, 10.0, 15.0, 20.0, 25.0], [2.0, 2.0, 2.0, 2.0, 2.0]]> : tensor<5x5xf32> : tensor<5x5xf32>
  return
}
