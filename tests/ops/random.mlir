// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @rng_uniform_plain() {
  %0 = dlc.constant dense<0> : tensor<2xi64>
  %r = dlc.rng_uniform %0 id = 0 : tensor<2xi64> -> tensor<7xf32>
  dlc.check_close %r, dense<[0.399046421, 0.972241163, 0.0194494128, 0.787367761, 0.934536159, 0.450326145, 0.713612258]> : tensor<7xf32> {rtol = 0.0, atol = 0.0} : tensor<7xf32>
  return
}

func.func @rng_uniform_grid() {
  %0 = dlc.constant dense<[12345678901234, 17]> : tensor<2xi64>
  %r = dlc.rng_uniform %0 id = 3 : tensor<2xi64> -> tensor<3x5xf32>
  dlc.check_close %r, dense<[[0.417204738, 0.483703732, 0.854553521, 0.817878544, 0.449171901], [0.610592186, 0.668542743, 0.180976033, 0.403675675, 0.508293033], [0.69991833, 0.498254478, 0.150225699, 0.181206882, 0.16859895]]> : tensor<3x5xf32> {rtol = 0.0, atol = 0.0} : tensor<3x5xf32>
  return
}

func.func @rng_uniform_f64() {
  %0 = dlc.constant dense<[-1, 2]> : tensor<2xi64>
  %r = dlc.rng_uniform %0 id = 1 : tensor<2xi64> -> tensor<4xf64>
  dlc.check_close %r, dense<[0.37482839822769165, 0.39649516344070435, 0.97066694498062134, 0.33577483892440796]> : tensor<4xf64> {rtol = 0.0, atol = 0.0} : tensor<4xf64>
  return
}

func.func @rng_uniform_f16() {
  %0 = dlc.constant dense<[42, 1]> : tensor<2xi64>
  %r = dlc.rng_uniform %0 id = 2 : tensor<2xi64> -> tensor<5xf16>
  dlc.check_close %r, dense<[0.759277, 0.504395, 0.680664, 0.517578, 0.512207]> : tensor<5xf16> {rtol = 0.0, atol = 0.0} : tensor<5xf16>
  return
}

func.func @rng_uniform_many() {
  %0 = dlc.constant dense<[7, 2147483653]> : tensor<2xi64>
  %r = dlc.rng_uniform %0 id = 9 : tensor<2xi64> -> tensor<67xf32>
  dlc.check_close %r, dense<[0.259931028, 0.32305944, 0.616811335, 0.367571533, 0.343433559, 0.0861184001, 0.9724738, 0.0677419901, 0.904910982, 0.243465483, 0.624620497, 0.410654366, 0.0643132925, 0.758091867, 0.541158497, 0.357564151, 0.724274516, 0.435311317, 0.5682832, 0.870270193, 0.917982996, 0.757603049, 0.30146879, 0.00425136089, 0.439825773, 0.160187781, 0.335345924, 0.871470273, 0.961979985, 0.946511328, 0.753990412, 0.0023676157, 0.736968398, 0.330274522, 0.307288945, 0.457683146, 0.985478401, 0.980540991, 0.497580588, 0.79647541, 0.896362782, 0.215415537, 0.843777418, 0.638041854, 0.192064703, 0.416177571, 0.559491694, 0.786005676, 0.732527316, 0.861238003, 0.461268425, 0.595226943, 0.652793527, 0.0626886487, 0.0223616958, 0.573587954, 0.868139088, 0.159189284, 0.149277866, 0.760716319, 0.783912122, 0.991665363, 0.204769313, 0.722815692, 0.150224149, 0.543453753, 0.401311338]> : tensor<67xf32> {rtol = 0.0, atol = 0.0} : tensor<67xf32>
  return
}

func.func @rng_uniform_place() {
  %0 = dlc.constant dense<[3, 22518036791558148]> : tensor<2xi64>
  %r = dlc.rng_uniform %0 id = 1 : tensor<2xi64> -> tensor<6xf32>
  dlc.check_close %r, dense<[0.0607157946, 0.697392285, 0.284463167, 0.897865236, 0.757959783, 0.486560166]> : tensor<6xf32> {rtol = 0.0, atol = 0.0} : tensor<6xf32>
  return
}
