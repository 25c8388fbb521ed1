// Written by generate.py; the values are NumPy's.
// RUN: dlc-opt %s --verify-roundtrip -o %t

func.func @scan() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[0.710912347], [0.360763103], [0.846581936], [0.430202365], [0.227200717], [0.621922553]]> : tensor<6x1xf32>
  %3 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %r:3 = dlc.while(%0, %1, %2, %3) carried = 1 limit = 6 {sequences = 2 : i64, reversed = array<i64: 1, 2>}
      : (tensor<3xf32>, tensor<6x3xf32>, tensor<6x1xf32>, tensor<3x3xf32>) -> (tensor<3xf32>, tensor<6x3xf32>, tensor<6x3xf32>) {
  ^bb0(%a: tensor<3xf32>, %x: tensor<3xf32>, %z: tensor<1xf32>, %v: tensor<3x3xf32>):
    %v1 = dlc.dot_general %a, %v batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
    %v2 = dlc.add %v1, %x : tensor<3xf32>
    %v3 = dlc.tanh %v2 : tensor<3xf32>
    %v4 = dlc.broadcast %z dims = [0] : tensor<1xf32> -> tensor<3xf32>
    %v5 = dlc.mul %v3, %v4 : tensor<3xf32>
    %v6 = dlc.mul %v3, %a : tensor<3xf32>
    dlc.yield %v3, %v5, %v6 : tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  dlc.check_close %r#0, dense<[0.383288801, -0.663859308, -0.15194954]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  dlc.check_close %r#1, dense<[[0.27248475, -0.471945792, -0.108022802], [-0.117110193, -0.169933289, -0.13053906], [-0.420893997, 0.665346384, 0.49724707], [0.371105582, -0.0694420338, -0.0540767163], [-0.0157938488, 0.061061956, -0.091873087], [0.129378498, -0.335030496, -0.0895592496]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  dlc.check_close %r#2, dense<[[-0.114661083, -0.326669544, -0.0974332467], [-0.0144611923, -0.144780159, 0.0582308024], [-0.0599657074, -0.0433821082, 0.0508295372], [-0.428872734, -0.126861095, -0.0738313422], [0.161389887, -0.370198965, -0.212530673], [-0.124422438, 0.312703252, 0.0549816489]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  return
}

func.func @until_4() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[0.710912347], [0.360763103], [0.846581936], [0.430202365], [0.227200717], [0.621922553]]> : tensor<6x1xf32>
  %3 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %n = dlc.constant dense<0> : tensor<i64>
  %m = dlc.constant dense<4> : tensor<i64>
  %g = dlc.compare lt %n, %m : tensor<i64> -> tensor<i1>
  %r:5 = dlc.while(%g, %n, %0, %1, %2, %3, %m) carried = 3 limit = 6 {conditional, sequences = 2 : i64, reversed = array<i64: 1, 2>}
      : (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<6x3xf32>, tensor<6x1xf32>, tensor<3x3xf32>, tensor<i64>) -> (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<6x3xf32>, tensor<6x3xf32>) {
  ^bb0(%g_: tensor<i1>, %n_: tensor<i64>, %a: tensor<3xf32>, %x: tensor<3xf32>, %z: tensor<1xf32>, %v: tensor<3x3xf32>, %m_: tensor<i64>):
    %v1 = dlc.dot_general %a, %v batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
    %v2 = dlc.add %v1, %x : tensor<3xf32>
    %v3 = dlc.tanh %v2 : tensor<3xf32>
    %v4 = dlc.broadcast %z dims = [0] : tensor<1xf32> -> tensor<3xf32>
    %v5 = dlc.mul %v3, %v4 : tensor<3xf32>
    %v6 = dlc.mul %v3, %a : tensor<3xf32>
    %one = dlc.constant dense<1> : tensor<i64>
    %v7 = dlc.add %n_, %one : tensor<i64>
    %v8 = dlc.compare lt %v7, %m_ : tensor<i64> -> tensor<i1>
    dlc.yield %v8, %v7, %v3, %v5, %v6 : tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  dlc.check_close %r#2, dense<[-0.49716866, 0.785920858, 0.587358475]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  dlc.check_close %r#3, dense<[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.420893997, 0.665346384, 0.49724707], [0.371105582, -0.0694420338, -0.0540767163], [-0.0157938488, 0.061061956, -0.091873087], [0.129378498, -0.335030496, -0.0895592496]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  dlc.check_close %r#4, dense<[[-0.114661083, -0.326669544, -0.0974332467], [-0.0144611923, -0.144780159, 0.0582308024], [-0.0599657074, -0.0433821082, 0.0508295372], [-0.428872734, -0.126861095, -0.0738313422], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  return
}

func.func @until_6() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[0.710912347], [0.360763103], [0.846581936], [0.430202365], [0.227200717], [0.621922553]]> : tensor<6x1xf32>
  %3 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %n = dlc.constant dense<0> : tensor<i64>
  %m = dlc.constant dense<6> : tensor<i64>
  %g = dlc.compare lt %n, %m : tensor<i64> -> tensor<i1>
  %r:5 = dlc.while(%g, %n, %0, %1, %2, %3, %m) carried = 3 limit = 6 {conditional, sequences = 2 : i64, reversed = array<i64: 1, 2>}
      : (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<6x3xf32>, tensor<6x1xf32>, tensor<3x3xf32>, tensor<i64>) -> (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<6x3xf32>, tensor<6x3xf32>) {
  ^bb0(%g_: tensor<i1>, %n_: tensor<i64>, %a: tensor<3xf32>, %x: tensor<3xf32>, %z: tensor<1xf32>, %v: tensor<3x3xf32>, %m_: tensor<i64>):
    %v1 = dlc.dot_general %a, %v batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
    %v2 = dlc.add %v1, %x : tensor<3xf32>
    %v3 = dlc.tanh %v2 : tensor<3xf32>
    %v4 = dlc.broadcast %z dims = [0] : tensor<1xf32> -> tensor<3xf32>
    %v5 = dlc.mul %v3, %v4 : tensor<3xf32>
    %v6 = dlc.mul %v3, %a : tensor<3xf32>
    %one = dlc.constant dense<1> : tensor<i64>
    %v7 = dlc.add %n_, %one : tensor<i64>
    %v8 = dlc.compare lt %v7, %m_ : tensor<i64> -> tensor<i1>
    dlc.yield %v8, %v7, %v3, %v5, %v6 : tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  dlc.check_close %r#2, dense<[0.383288801, -0.663859308, -0.15194954]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  dlc.check_close %r#3, dense<[[0.27248475, -0.471945792, -0.108022802], [-0.117110193, -0.169933289, -0.13053906], [-0.420893997, 0.665346384, 0.49724707], [0.371105582, -0.0694420338, -0.0540767163], [-0.0157938488, 0.061061956, -0.091873087], [0.129378498, -0.335030496, -0.0895592496]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  dlc.check_close %r#4, dense<[[-0.114661083, -0.326669544, -0.0974332467], [-0.0144611923, -0.144780159, 0.0582308024], [-0.0599657074, -0.0433821082, 0.0508295372], [-0.428872734, -0.126861095, -0.0738313422], [0.161389887, -0.370198965, -0.212530673], [-0.124422438, 0.312703252, 0.0549816489]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  return
}

func.func @until_0() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[0.710912347], [0.360763103], [0.846581936], [0.430202365], [0.227200717], [0.621922553]]> : tensor<6x1xf32>
  %3 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %n = dlc.constant dense<0> : tensor<i64>
  %m = dlc.constant dense<0> : tensor<i64>
  %g = dlc.compare lt %n, %m : tensor<i64> -> tensor<i1>
  %r:5 = dlc.while(%g, %n, %0, %1, %2, %3, %m) carried = 3 limit = 6 {conditional, sequences = 2 : i64, reversed = array<i64: 1, 2>}
      : (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<6x3xf32>, tensor<6x1xf32>, tensor<3x3xf32>, tensor<i64>) -> (tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<6x3xf32>, tensor<6x3xf32>) {
  ^bb0(%g_: tensor<i1>, %n_: tensor<i64>, %a: tensor<3xf32>, %x: tensor<3xf32>, %z: tensor<1xf32>, %v: tensor<3x3xf32>, %m_: tensor<i64>):
    %v1 = dlc.dot_general %a, %v batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
    %v2 = dlc.add %v1, %x : tensor<3xf32>
    %v3 = dlc.tanh %v2 : tensor<3xf32>
    %v4 = dlc.broadcast %z dims = [0] : tensor<1xf32> -> tensor<3xf32>
    %v5 = dlc.mul %v3, %v4 : tensor<3xf32>
    %v6 = dlc.mul %v3, %a : tensor<3xf32>
    %one = dlc.constant dense<1> : tensor<i64>
    %v7 = dlc.add %n_, %one : tensor<i64>
    %v8 = dlc.compare lt %v7, %m_ : tensor<i64> -> tensor<i1>
    dlc.yield %v8, %v7, %v3, %v5, %v6 : tensor<i1>, tensor<i64>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
  }
  dlc.check_close %r#2, dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  dlc.check_close %r#3, dense<0.0> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  dlc.check_close %r#4, dense<0.0> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  return
}

func.func @rotates() attributes {smooth} {
  %0 = dlc.constant dense<[0.6464867, 0.673166633, 1.46556842, 0.503108501]> : tensor<4xf32>
  %1 = dlc.constant dense<[0.824789047, 0.819150746, 1.27205896, 1.11844838]> : tensor<4xf32>
  %2 = dlc.constant dense<[1.09713817, 0.784223258, 1.43175828, 0.733374178]> : tensor<4xf32>
  %r:3 = dlc.while(%0, %1, %2) carried = 3 limit = 7 : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %v1 = dlc.mul %a, %b : tensor<4xf32>
    dlc.yield %b, %c, %v1 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  dlc.check_close %r#0, dense<[0.52938062, 0.277798355, 4.86138487, 0.338489145]> : tensor<4xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<4xf32>
  dlc.check_close %r#1, dense<[0.282273769, 0.153184935, 9.06302834, 0.190468147]> : tensor<4xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<4xf32>
  dlc.check_close %r#2, dense<[0.255431652, 0.0984055474, 16.506321, 0.156229809]> : tensor<4xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<4xf32>
  return
}

func.func @nested() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[[-0.762017012, -0.380949199, -0.101944149], [-0.721292555, 0.0176938642, 0.344335824], [-0.161913335, -0.22093755, 0.0195583533], [-0.424764067, -0.173879147, -0.454976976], [-0.0220275745, -0.654585421, 0.539363801], [0.876003087, 0.0734043419, -0.457824737], [-0.524474561, -0.33501175, -0.511835873]], [[0.855591416, -0.270289361, -0.575921655], [-0.185999364, 0.713467956, 0.428449392], [-0.250311017, 0.199235186, 0.342513472], [-0.628738642, -0.722807705, -0.204196751], [-0.0430067405, 0.0447696149, -0.145226628], [0.540949285, -0.0670974478, -0.609632015], [0.104225226, -0.749158621, 0.510173738]], [[0.540250421, 0.0909066275, 0.469062358], [0.299950302, 0.388191581, 0.19029665], [0.190246344, 0.355094314, 0.186846018], [-0.404565215, 0.825769544, -0.857198894], [0.139412895, 0.120588854, -0.898870945], [0.619979322, 0.553454041, 0.807056785], [0.0327851735, 0.00146485562, -0.890177071]], [[0.107524119, 0.0816565156, -0.24949038], [-0.525956988, 0.274835229, -0.245583728], [0.0462517813, -0.231379807, -0.623963296], [-0.829715967, -0.855663478, 0.829910934], [0.250142157, 0.357724965, 0.289569557], [0.61925441, -0.295808107, 0.427410454], [0.174170554, 0.37701568, 0.446695924]], [[0.631418467, -0.346910983, 0.559145987], [-0.727598131, -0.753102303, -0.610839427], [0.577271998, -0.345113307, -0.601073921], [0.584853709, 0.253414005, -0.434136003], [0.345130026, 0.618064404, -0.531048], [-0.344169974, 0.759668291, 0.613518059], [-0.0635641962, 0.823171556, -0.271841317]]]> : tensor<5x7x3xf32>
  %2 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %r:3 = dlc.while(%0, %1, %2) carried = 1 limit = 5 {sequences = 1 : i64, reversed = array<i64>}
      : (tensor<3xf32>, tensor<5x7x3xf32>, tensor<3x3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>, tensor<5x7x3xf32>) {
  ^bb0(%a: tensor<3xf32>, %xs: tensor<7x3xf32>, %v: tensor<3x3xf32>):
    %v1:2 = dlc.while(%a, %xs, %v) carried = 1 limit = 7 {sequences = 1 : i64} : (tensor<3xf32>, tensor<7x3xf32>, tensor<3x3xf32>) -> (tensor<3xf32>, tensor<7x3xf32>) {
    ^bb0(%b: tensor<3xf32>, %x: tensor<3xf32>, %u: tensor<3x3xf32>):
      %v2 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
      %v3 = dlc.add %v2, %x : tensor<3xf32>
      %v4 = dlc.tanh %v3 : tensor<3xf32>
      %v5 = dlc.mul %v4, %x : tensor<3xf32>
      dlc.yield %v4, %v5 : tensor<3xf32>, tensor<3xf32>
    }
    %v6 = dlc.mul %v1#0, %a : tensor<3xf32>
    dlc.yield %v6, %v6, %v1#1 : tensor<3xf32>, tensor<3xf32>, tensor<7x3xf32>
  }
  dlc.check_close %r#0, dense<[-0.0022722939, 0.00552915083, -0.0128304502]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  dlc.check_close %r#1, dense<[[0.25809899, -0.18773751, -0.112685509], [0.0311683472, 0.0749196932, -0.0733400136], [0.011528396, 0.0223662816, 0.0686504766], [-0.00488296337, 0.00896862615, 0.0202959143], [-0.0022722939, 0.00552915083, -0.0128304502]]> : tensor<5x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<5x3xf32>
  dlc.check_close %r#2, dense<[[[0.371158332, 0.312160283, 0.0372317508], [0.592805743, -0.00331436819, 0.251925349], [0.0849026144, 0.179017842, 0.000709568441], [0.332243204, 0.0838636085, 0.0213362519], [0.0065871072, 0.558211744, 0.409485579], [-0.142947882, -0.0192431509, 0.200179815], [0.245595559, 0.103717133, 0.0852443874]], [[0.531629562, -0.00571507355, 0.296167761], [-0.00252931751, 0.632796824, 0.173922151], [-0.0682473704, -0.00779788056, -0.0351033919], [0.355758518, 0.301664948, 0.0497214012], [0.00865024235, -0.0142400404, -0.0426901653], [0.084539324, 0.018172184, 0.320701361], [0.0125863645, 0.298963904, 0.332040459]], [[0.30311349, 0.0114960643, 0.206045404], [0.0375731662, 0.246614337, -0.0499071255], [0.12923862, 0.146682173, 0.0163179003], [0.0733795911, 0.720810592, 0.732558131], [0.120038144, 0.00666134758, 0.522625446], [0.429632932, 0.49839583, 0.507968128], [0.0121264197, 0.000437313225, 0.83325696]], [[0.00975973625, 0.00567821087, 0.071045056], [0.171945632, 0.109833248, 0.0398508199], [0.0210653804, 0.114480548, 0.304224908], [0.648498774, 0.198738098, 0.641003966], [-0.056964159, -0.170107722, 0.0800930262], [0.072549589, 0.136880994, 0.202374965], [-0.0737716183, 0.151179031, 0.13206175]], [[0.352107793, 0.119224533, 0.279375404], [0.630306602, 0.244477659, 0.456392854], [0.374521703, 0.2411571, -0.104826756], [-0.086432822, 0.181050718, 0.22396265], [0.288015604, 0.292815804, 0.213975623], [-0.0511476882, 0.693262458, 0.209379598], [-0.0295796897, 0.507484615, 0.171849683]]]> : tensor<5x7x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<5x7x3xf32>
  return
}

func.func @branch_inside() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %r:2 = dlc.while(%0, %1, %2) carried = 1 limit = 6 {sequences = 1 : i64} : (tensor<3xf32>, tensor<6x3xf32>, tensor<3x3xf32>) -> (tensor<3xf32>, tensor<6x3xf32>) {
  ^bb0(%a: tensor<3xf32>, %x: tensor<3xf32>, %v: tensor<3x3xf32>):
    %v1 = dlc.slice %x start = [0] stride = [1] : tensor<3xf32> -> tensor<1xf32>
    %v2 = dlc.reshape %v1 : tensor<1xf32> -> tensor<f32>
    %zero = dlc.constant dense<0.0> : tensor<f32>
    %v3 = dlc.compare gt %v2, %zero : tensor<f32> -> tensor<i1>
    %v4 = dlc.if %v3(%a, %x, %v) : (tensor<i1>, tensor<3xf32>, tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32> {
    ^bb0(%b: tensor<3xf32>, %y: tensor<3xf32>, %u: tensor<3x3xf32>):
      %v5 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
      %v6 = dlc.add %v5, %y : tensor<3xf32>
      %v7 = dlc.tanh %v6 : tensor<3xf32>
      dlc.yield %v7 : tensor<3xf32>
    } else {
    ^bb0(%b: tensor<3xf32>, %y: tensor<3xf32>, %u: tensor<3x3xf32>):
      %v5 = dlc.mul %b, %y : tensor<3xf32>
      dlc.yield %v5 : tensor<3xf32>
    }
    dlc.yield %v4, %v4 : tensor<3xf32>, tensor<3xf32>
  }
  dlc.check_close %r#0, dense<[0.509413183, -0.451783568, -0.587145448]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  dlc.check_close %r#1, dense<[[0.0103010973, 0.10417939, 0.0919751227], [0.35084036, -0.0670486987, -0.568063736], [0.785661757, 0.301432401, -0.114866525], [-0.29647848, 0.0689050928, -0.103153251], [0.222981572, 0.0150289489, 0.00723249512], [0.509413183, -0.451783568, -0.587145448]]> : tensor<6x3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<6x3xf32>
  return
}

func.func @loop_in_branch_true() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %zero = dlc.constant dense<0.0> : tensor<f32>
  %all = dlc.reduce sum %1 dims = [0, 1] : tensor<6x3xf32> -> tensor<f32>
  %c = dlc.compare lt %all, %zero : tensor<f32> -> tensor<i1>
  %r = dlc.if %c(%0, %1, %2) : (tensor<i1>, tensor<3xf32>, tensor<6x3xf32>, tensor<3x3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %xs: tensor<6x3xf32>, %v: tensor<3x3xf32>):
    %v1 = dlc.while(%a, %xs, %v) carried = 1 limit = 6 {sequences = 1 : i64} : (tensor<3xf32>, tensor<6x3xf32>, tensor<3x3xf32>) -> tensor<3xf32> {
    ^bb0(%b: tensor<3xf32>, %x: tensor<3xf32>, %u: tensor<3x3xf32>):
      %v2 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
      %v3 = dlc.add %v2, %x : tensor<3xf32>
      %v4 = dlc.tanh %v3 : tensor<3xf32>
      dlc.yield %v4 : tensor<3xf32>
    }
    dlc.yield %v1 : tensor<3xf32>
  } else {
  ^bb0(%a: tensor<3xf32>, %xs: tensor<6x3xf32>, %v: tensor<3x3xf32>):
    %v1 = dlc.reduce sum %xs dims = [0] : tensor<6x3xf32> -> tensor<3xf32>
    dlc.yield %v1 : tensor<3xf32>
  }
  dlc.check_close %r, dense<[0.383288801, -0.663859308, -0.15194954]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  return
}

func.func @loop_in_branch_false() attributes {smooth} {
  %0 = dlc.constant dense<[-0.551175892, 0.60640198, 0.676601589]> : tensor<3xf32>
  %1 = dlc.constant dense<[[-0.0186893102, 0.171799228, 0.135936901], [0.326819628, -0.0348007753, -0.567895651], [0.876300335, -0.169209436, -0.271091044], [-0.377361476, 0.228592202, 0.898027062], [-0.752100348, 0.218110859, -0.0701140761], [0.578130782, -0.68222183, -0.58056736]]> : tensor<6x3xf32>
  %2 = dlc.constant dense<[[-0.112240925, 0.895256341, -0.38166213], [0.823543429, -0.157082111, -0.277960032], [-0.489892811, -0.274053097, -0.477025509]]> : tensor<3x3xf32>
  %zero = dlc.constant dense<0.0> : tensor<f32>
  %all = dlc.reduce sum %1 dims = [0, 1] : tensor<6x3xf32> -> tensor<f32>
  %c = dlc.compare ge %all, %zero : tensor<f32> -> tensor<i1>
  %r = dlc.if %c(%0, %1, %2) : (tensor<i1>, tensor<3xf32>, tensor<6x3xf32>, tensor<3x3xf32>) -> tensor<3xf32> {
  ^bb0(%a: tensor<3xf32>, %xs: tensor<6x3xf32>, %v: tensor<3x3xf32>):
    %v1 = dlc.while(%a, %xs, %v) carried = 1 limit = 6 {sequences = 1 : i64} : (tensor<3xf32>, tensor<6x3xf32>, tensor<3x3xf32>) -> tensor<3xf32> {
    ^bb0(%b: tensor<3xf32>, %x: tensor<3xf32>, %u: tensor<3x3xf32>):
      %v2 = dlc.dot_general %b, %u batch = [] x [] contract = [0] x [0] : (tensor<3xf32>, tensor<3x3xf32>) -> tensor<3xf32>
      %v3 = dlc.add %v2, %x : tensor<3xf32>
      %v4 = dlc.tanh %v3 : tensor<3xf32>
      dlc.yield %v4 : tensor<3xf32>
    }
    dlc.yield %v1 : tensor<3xf32>
  } else {
  ^bb0(%a: tensor<3xf32>, %xs: tensor<6x3xf32>, %v: tensor<3x3xf32>):
    %v1 = dlc.reduce sum %xs dims = [0] : tensor<6x3xf32> -> tensor<3xf32>
    dlc.yield %v1 : tensor<3xf32>
  }
  dlc.check_close %r, dense<[0.633099556, -0.267729759, -0.455704153]> : tensor<3xf32> {rtol = 1.9999999999999999e-06, atol = 9.9999999999999995e-08} : tensor<3xf32>
  return
}
