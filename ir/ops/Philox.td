// dlc.philox: an operator on numbers, in the bodies of kernels. Apart from the graph's operators, with a header of its own
// (ir/Philox.h): random numbers are made of it, CUDA C calls a function for it, and the CPU's code spells it out.
#ifndef DLC_PHILOX_TD
#define DLC_PHILOX_TD
include "ir/Dialect.td"

def DLC_PhiloxOp : DLC_Op<"philox", [Pure]> {
  let summary = "First of the four words of Philox 4x32-10 for a key and a counter";
  let description = [{
    Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011). `%word = dlc.philox %key0, %key1, %c0, %c1, %c2, %c3`
  }];
  let arguments = (ins I32:$key0, I32:$key1, I32:$counter0, I32:$counter1, I32:$counter2, I32:$counter3);
  let results = (outs I32:$word);
  let assemblyFormat = "$key0 `,` $key1 `,` $counter0 `,` $counter1 `,` $counter2 `,` $counter3 attr-dict";
}

#endif
