import HTTP
import Testing

/// The parser gives the same answer wherever the input is cut.
@Suite struct RequestParserTests {
    @Test(arguments: RefusedShapes.all.flatMap { entry in entry.shapes.map { (entry.failure, $0) } })
    func refuses(_ failure: ParseFailure, _ shape: Shape) {
        let whole = ParserRun.whole(shape.bytes)
        #expect(whole.failure == failure)
        #expect(ParserRun.byteByByte(shape.bytes) == whole)
        // Long shapes are cut at a stride: every cut of every shape is quadratic.
        for index in stride(from: 1, to: shape.bytes.count, by: max(1, shape.bytes.count / 600)) {
            #expect(ParserRun.cut(shape.bytes, at: index) == whole, "cut at byte \(index)")
        }
    }

    @Test func theRefusedCorpusIsLargeAndItsNamesAreDifferent() {
        let names = RefusedShapes.all.flatMap { entry in entry.shapes.map { "\(entry.failure) \($0.name)" } }
        #expect(names.count >= 150)
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: AcceptedShapes.all.indices)
    func accepts(_ index: Int) {
        let (shape, expected) = AcceptedShapes.all[index]
        let whole = ParserRun.whole(shape.bytes)
        #expect(whole.failure == nil, "\(shape.name)")
        let read = zip(whole.heads, whole.bodies).map { head, body in
            AcceptedShapes.Expected(
                path: head.target.path, query: head.target.query, body: String(decoding: body, as: UTF8.self),
                method: head.method)
        }
        #expect(read == expected, "\(shape.name)")
        #expect(whole.bodies.count == whole.heads.count, "\(shape.name)")
        #expect(ParserRun.byteByByte(shape.bytes) == whole, "\(shape.name)")
        for cut in 1..<shape.bytes.count {
            #expect(ParserRun.cut(shape.bytes, at: cut) == whole, "\(shape.name) cut at byte \(cut)")
        }
    }

    @Test func everyPrefixOfAnAcceptedShapeWaitsForMore() {
        for (shape, _) in AcceptedShapes.all {
            for end in shape.bytes.indices {
                #expect(ParserRun([shape.bytes[..<end]]).failure == nil, "\(shape.name) up to byte \(end)")
            }
        }
    }

    /// Whatever the bytes are, the parser ends with a failure or waits; and the cut does not matter.
    @Test func survivesMutations() {
        var random = SplitMix(state: 20_261_121)
        let seeds =
            AcceptedShapes.all.map(\.shape.bytes)
            + RefusedShapes.all.flatMap { $0.shapes.map(\.bytes) }.filter { $0.count < 400 }
        for _ in 0..<20_000 {
            var bytes = seeds[Int(random.next() % UInt64(seeds.count))]
            for _ in 0..<(1 + random.next() % 4) where !bytes.isEmpty {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes.remove(at: index)
                case 2:
                    bytes.insert(
                        contentsOf: [[0x0d, 0x0a], [0x20], [0x00], [0x3a]][Int(random.next() % 4)], at: index)
                default: bytes.insert(bytes[index], at: index)
                }
            }
            guard !bytes.isEmpty else { continue }
            let whole = ParserRun.whole(bytes)
            #expect(ParserRun.cut(bytes, at: Int(random.next() % UInt64(bytes.count))) == whole, "\(bytes)")
        }
    }
}

/// A small generator whose numbers a seed fixes.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
