"""Instructions that the simulator does not have: the module is refused, with the line and these words."""

TENSOR = "cp.async.bulk.tensor.2d.shared::cluster.global"
DONE = "mbarrier::complete_tx::bytes"
REFUSED = [
    ("mma.sp.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1}, {%r2, %r3}, "
     "{%f0, %f1, %f2, %f3}, %r4, 0x0;", "sparse mma is not supported"),
    ("mma.sync.aligned.m16n8k12.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1}, {%r2}, {%f0, %f1, %f2, %f3};",
     "no such shape"),
    ("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f0, %f1, %f2}, {%r0, %r1}, {%r2}, {%f0, %f1, %f2, %f3};",
     "3 registers where the fragment has 4"),
    ("mma.sync.aligned.m16n8k32.row.col.kind::f8f6f4.f32.e4m3.e4m3.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3}, "
     "{%r4, %r5}, {%f0, %f1, %f2, %f3};", "kind::f8f6f4 is not supported"),
    ("ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8 {%r0, %r1}, [%r2];", "only .m8n8"),
    ("wmma.load.a.sync.aligned.m16n16k16.row.f16 {%r0, %r1, %r2, %r3, %r4, %r5, %r6, %r7}, [%rd0], %r8;",
     "wmma is not supported"),
    ("wgmma.mma_async.sp.sync.aligned.m64n8k32.f32.f16.f16 {%f0, %f1, %f2, %f3}, %rd0, %rd1, %r0, 0, 1, 1, 1, 0, 0;",
     "sparse and single-bit wgmma"),
    ("wgmma.mma_async.sync.aligned.m64n12k16.f32.f16.f16 {%f0, %f1, %f2, %f3}, %rd0, %rd1, 1, 1, 1, 0, 0;",
     "not a shape and three types"),
    (f"{TENSOR}.im2col.{DONE} [%r0], [%rd0, {{%r1, %r2}}], [%r3], {{%rs0}};", "im2col is not supported"),
    ("cp.async.bulk.global.shared::cta.bulk_group.cp_mask [%rd0], [%r0], 16, %rs0;", "cp_mask is not supported"),
    ("multimem.ld_reduce.global.add.f32 %f0, [%rd0];", "not supported"),
    ("tensormap.replace.tile.global_address.global.b1024.b64 [%rd0], %rd1;", "tensor maps made on the device"),
    ("cp.async.ca.shared.global [%r0], [%rd0], 12;", "copies 4, 8 or 16 bytes"),
    ("cp.reduce.async.bulk.global.shared::cta.bulk_group.min.f32 [%rd0], [%r0], 16;", "no such reduction"),
    ("setmaxnreg.inc.sync.aligned.u32 25;", "multiple of 8"),
    ("frobnicate.u32 %r0, %r1;", "frobnicate"),
]
