// Connectionist temporal classification (Graves and others, 2006): the probability of all ways to spell the labels out
// over time, with blanks between them, by the forward algorithm in logarithms. Its gradient is the loop's.
#include "ir/Dims.h"
#include "passes/training/Losses.h"

namespace dlc {
namespace {
constexpr double never = -1e30; ///< log 0: infinities would give NaN where two of them meet

/// log(e^x + e^y + ..), where none of them is infinite.
Value logOfSum(Ops &o, ArrayRef<Value> terms) {
  Value most = terms[0];
  for (Value term : terms.drop_front())
    most = o.max(most, term);
  // What is taken out goes back in: no gradient needs to go through it.
  most = StopGradientOp::create(o.b, o.loc, most.getType(), most, Value()).getResult();
  Value sum;
  for (Value term : terms) {
    Value share = o.exp(o.sub(term, most));
    sum = sum ? o.add(sum, share) : share;
  }
  return o.add(most, o.log(sum));
}

/// x [N, S] moved up by `by` places, with `value` below.
Value movedUp(Ops &o, Value x, int64_t by, double value) { return o.pad(x, value, {0, by}, {0, -by}, {0, 0}); }
} // namespace

Value LossBuilder::ctc() {
  auto c = classes();
  if (!c)
    return {};
  if (c->others.size() != 2) {
    error()
        << "ctc needs a time beside batch and classes, as in [N, T, C] with axis=-1 or [N, C, T] with axis=1; output '"
        << name << "' is " << describe(output.getType());
    return {};
  }
  OpBuilder &b = o.b;
  Type element = type().getElementType(), i32 = b.getI32Type();
  int64_t n = c->others[0], time = c->others[1], length = rule.whole("length"), places = 2 * length + 1;
  int64_t timed = rule.whole("times");
  Value given = labels({n, timed + length}, i32), lasts;
  if (!given)
    return {};
  auto tensor = [](ArrayRef<int64_t> shape, Type type) { return RankedTensorType::get(shape, type); };
  if (timed) {
    auto part = [&](int64_t from, int64_t size) -> Value {
      return SliceOp::create(b, o.loc, tensor({n, size}, i32), given, ArrayRef<int64_t>{0, from},
                             ArrayRef<int64_t>{1, 1});
    };
    lasts = o.reshape(part(0, 1), tensor({n}, i32));
    given = part(1, length);
  }

  // What stands at each place: blanks at even ones, labels at odd ones.
  Value blank = o.full(tensor({n, length, 1}, i32), rule["blank"]);
  Value pairs =
      ConcatOp::create(b, o.loc, ValueRange{blank, o.reshape(given, tensor({n, length, 1}, i32))}, 2).getResult();
  Value symbols =
      ConcatOp::create(
          b, o.loc,
          ValueRange{o.reshape(pairs, tensor({n, 2 * length}, i32)), o.full(tensor({n, 1}, i32), rule["blank"])}, 1)
          .getResult();
  // A label may follow another one without a blank in between where they differ.
  auto atPlaces = tensor({n, places}, i32);
  Value place = o.iota(1, atPlaces), two = o.like(place, 2);
  Value isLabel = o.compare(ComparePredicate::eq, o.sub(place, o.mul(two, o.div(place, two))), o.like(place, 1));
  Value differs = o.compare(ComparePredicate::ne, symbols, movedUp(o, symbols, 2, rule["blank"]));
  Value skips = AndOp::create(b, o.loc, isLabel, differs).getResult();
  Value zeros = o.full(tensor({n, places}, element), 0.0), nevers = o.full(zeros.getType(), never);
  Value skipping = o.select(skips, zeros, nevers);

  // log p of what stands at each place, for each time: [T, N, places].
  Value logs =
      o.reshape(LogSoftmaxOp::create(b, o.loc, c->scores, 1).getResult(), tensor({n, time, c->count}, element));
  auto marks = tensor({n, places, c->count}, i32);
  Value isSymbol = o.compare(ComparePredicate::eq, o.iota(2, marks), o.broadcast(symbols, {0, 1}, marks));
  Value picked = o.dot(logs, o.cast(isSymbol, element), {0}, {0}, 2, 2);
  Value rows = o.transpose(picked, {1, 0, 2});

  // Before the first time one stands in front of the first place.
  Value first = o.select(o.compare(ComparePredicate::eq, place, o.like(place, 0)), zeros, nevers);
  SmallVector<Value> inputs{first, rows};
  if (timed) { // whether the sample goes on at a time
    auto all = tensor({time, n, places}, i32);
    inputs.push_back(o.compare(ComparePredicate::lt, o.iota(0, all), o.broadcast(lasts, {1}, all)));
  }
  inputs.push_back(skipping);
  auto loop = WhileOp::create(b, o.loc, first.getType(), inputs, /*carried=*/1, time, /*sequences=*/1 + timed,
                              /*conditional=*/false, ArrayRef<int64_t>(), DimsAttr());
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = b.createBlock(&loop.getBody());
    Value stay = body->addArgument(first.getType(), o.loc), now = body->addArgument(first.getType(), o.loc);
    Value goesOn = timed ? body->addArgument(tensor({n, places}, b.getI1Type()), o.loc) : Value();
    Value skip = body->addArgument(first.getType(), o.loc);
    Value next = movedUp(o, stay, 1, never), over = o.add(movedUp(o, stay, 2, never), skip);
    Value sum = o.add(logOfSum(o, {stay, next, over}), now);
    YieldOp::create(b, o.loc, timed ? o.select(goesOn, sum, stay) : sum);
  }
  Value last = loop.getResult(0);

  // The text ends with its last label or the blank behind it; labels below 0 fill up.
  Value count = o.sum(o.cast(o.compare(ComparePredicate::ge, given, o.like(given, 0)), i32), 1);
  Value end = o.broadcast(o.add(count, count), {0}, atPlaces), before = o.sub(end, o.like(end, 1));
  auto at = [&](Value where) { return o.sum(o.select(o.compare(ComparePredicate::eq, place, where), last, zeros), 1); };
  Value atBlank = at(end), some = o.compare(ComparePredicate::gt, count, o.like(count, 0));
  Value atLabel = o.select(some, at(before), o.like(atBlank, never));
  Value each = o.neg(logOfSum(o, {atBlank, atLabel}));
  // More labels than there is time for: nothing to learn from.
  each = o.select(o.compare(ComparePredicate::gt, each, o.like(each, -never / 2)), o.like(each, 0.0), each);
  Value lengths = o.cast(o.max(count, o.like(count, 1)), element);
  return meanOf(o.div(each, lengths));
}

} // namespace dlc
