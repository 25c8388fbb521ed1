// Vectors of bytes whose tail is 40 of 64: LLVM must come to an end where two of them are or-ed.
// RUN: dlc compile %s --target cpu:x86-64-v4 -o %t.dlx
// RUN: dlc compile %s --target cpu:x86-64-v3 -o %t.dlx
// RUN: dlc compile %s --target cpu -o %t.dlx
// RUN: dlc run %t.dlx --device cpu -i x=360xbool=random:1 -i y=360xbool=random:2 -q
func.func @main(%x: tensor<360xi1> {dlc.name = "x"}, %y: tensor<360xi1> {dlc.name = "y"}) -> (tensor<360xi1> {dlc.name = "z"}) {
  %z = dlc.or %x, %y : tensor<360xi1>
  return %z : tensor<360xi1>
}
