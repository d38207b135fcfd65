import Kernels
import Testing

/// What a row is turned by is not where it is stored.
struct RotaryPlaceTests {
    private static let heads = 3
    private static let dimension = 20
    private static let rows = 7
    /// Pairs that turn by the row of a picture; those before turn by time, those behind by the column.
    private static let height = 3..<7

    private static let places: [RotaryPlace] = (0..<Int32(rows)).map { (row: Int32) -> RotaryPlace in
        RotaryPlace(time: 5 + row / 4, height: row % 3, width: 9 - row)
    }

    /// Queries behind the rotation, their rows at positions of their own or at these places.
    private static func rotated(
        _ compute: Compute, _ pairing: RotaryPairing, _ places: [RotaryPlace], height: Range<Int>? = height
    ) throws -> [[Float]] {
        let frequencies: [Float] = (0..<dimension / 2).map { 0.9 / Float(1 + $0) }
        let table = RotaryTable(inverseFrequencies: frequencies, maximumPositions: 16, magnitude: 1)
        let cache = try KVCache(
            pages: 1, pageTokens: 16, layers: 1, kvHeads: heads, headDimension: dimension, format: .f32)
        let plan = AttentionPlan()
        plan.begin(cache: cache, heads: heads)
        plan.append(rows: rows, firstPosition: 2, pages: [Int32(0)].span, rotary: places[...])
        let columns = heads * dimension
        let numbers: [Float] = (0..<rows * columns).map { Float($0 * 37 % 101) / 50 - 1 }
        let queries = Tensor(rows: rows, columns: columns, values: numbers)
        compute.rotateAndStore(
            queries: queries, keys: Tensor(rows: rows, columns: columns, values: numbers),
            values: Tensor(rows: rows, columns: columns, values: numbers), plan: plan,
            rotation: Rotation(table: table, pairing: pairing, height: height), layer: 0)
        return (0..<rows).map { row in
            let span = queries.row(row)
            return span.indices.map { span[$0] }
        }
    }

    @Test(arguments: InstructionSet.available, [RotaryPairing.halves, .interleaved])
    func everyPairTurnsByItsAxis(_ instructionSet: InstructionSet, _ pairing: RotaryPairing) throws {
        let compute = makeCompute(instructionSet, threads: 2)
        let found = try Self.rotated(compute, pairing, Self.places)
        let pairs = Self.dimension / 2
        let axes: [(position: (RotaryPlace) -> Int32, section: Range<Int>)] = [
            ({ $0.time }, 0..<Self.height.lowerBound), ({ $0.height }, Self.height),
            ({ $0.width }, Self.height.upperBound..<pairs),
        ]
        for (position, section) in axes {
            // By one position, as text is.
            let one = Self.places.map { RotaryPlace(Int(position($0))) }
            let plain = try Self.rotated(compute, pairing, one, height: nil)
            for row in 0..<Self.rows {
                for head in 0..<Self.heads {
                    for pair in section {
                        let columns = pairing == .halves ? [pair, pair + pairs] : [2 * pair, 2 * pair + 1]
                        for column in columns {
                            let place = head * Self.dimension + column
                            #expect(found[row][place].bitPattern == plain[row][place].bitPattern)
                        }
                    }
                }
            }
        }
    }

    @Test func rowsOfTextTurnByTheirOwnPositions() throws {
        let compute = makeCompute(.scalar, threads: 1)
        let own = (2..<2 + Self.rows).map { RotaryPlace($0) }
        let found = try Self.rotated(compute, .halves, own)
        #expect(try Self.rotated(compute, .halves, [], height: nil) == found)
        #expect(try Self.rotated(compute, .halves, Self.places) != found)
    }
}
