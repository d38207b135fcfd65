import FoundationEssentials
import Kernels
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Norms, activations, rotations and copies: against f64, and equal in every instruction set.
struct RowsTests {
    static let widths = [1, 7, 16, 33, 64, 576]

    @Test(arguments: widths)
    func normalises(_ columns: Int) {
        var samples = Samples(seed: UInt64(columns))
        let x = Tensor(rows: 3, columns: columns, values: samples.floats(3 * columns))
        let weight = samples.floats(columns)
        let expected = Tensor(rows: 3, columns: columns)
        makeCompute(.scalar, threads: 1)
            .rmsNorm(x, weight: Vector(weight), epsilon: 1e-5, into: expected, rows: 3)
        for row in 0..<3 {
            let values = x.values(row).map(Double.init)
            let scale = 1 / (values.reduce(0) { $0 + $1 * $1 } / Double(columns) + 1e-5).squareRoot()
            for column in 0..<columns {
                let exact = values[column] * scale * Double(weight[column])
                #expect(abs(Double(expected.values(row)[column]) - exact) <= abs(exact) * 1e-6)
            }
        }
        for (instructionSet, threads) in fasterTables {
            let y = Tensor(rows: 4, columns: columns)
            let compute = makeCompute(instructionSet, threads: threads)
            compute.rmsNorm(x, weight: Vector(weight), epsilon: 1e-5, into: y, rows: 3)
            #expect(y.bits(rows: 3) == expected.bits(rows: 3))
            #expect(y.values(3).allSatisfy { $0 == 0 })
        }
    }

    /// Heads side by side in a row are what they are as rows of their own, whether rows have padding or not.
    @Test(arguments: [(4, 16), (3, 24), (5, 2), (2, 128)])
    func normalisesHeads(heads: Int, width: Int) {
        var samples = Samples(seed: UInt64(width))
        let values = samples.floats(3 * heads * width)
        let weight = Vector(samples.floats(width))
        let apart = Tensor(rows: 3 * heads, columns: width, values: values)
        makeCompute(.scalar, threads: 1).rmsNorm(apart, weight: weight, epsilon: 1e-6, into: apart, rows: 3 * heads)
        for (instructionSet, threads) in fasterTables + [(.scalar, 1)] {
            let x = Tensor(rows: 4, columns: heads * width, values: values + samples.floats(heads * width))
            let untouched = x.values(3)
            makeCompute(instructionSet, threads: threads).normHeads(x, weight: weight, epsilon: 1e-6, rows: 3)
            for row in 0..<3 {
                #expect(x.values(row) == (0..<heads).flatMap { apart.values(row * heads + $0) })
            }
            #expect(x.values(3) == untouched)
        }
    }

    @Test(arguments: widths)
    func activates(_ columns: Int) {
        var samples = Samples(seed: UInt64(columns) + 100)
        let gate = Tensor(rows: 40, columns: columns, values: samples.floats(40 * columns).map { $0 * 20 })
        let up = Tensor(rows: 40, columns: columns, values: samples.floats(40 * columns))
        let expected = Tensor(rows: 40, columns: columns)
        makeCompute(.scalar, threads: 1).siluMultiply(gate: gate, up: up, into: expected, rows: 40)
        for row in 0..<40 {
            for (column, found) in expected.values(row).enumerated() {
                let x = Double(gate.values(row)[column])
                let exact = x / (1 + exp(-x)) * Double(up.values(row)[column])
                #expect(abs(Double(found) - exact) <= abs(exact) * 5e-7)
            }
        }
        for (instructionSet, threads) in fasterTables {
            let y = Tensor(rows: 40, columns: columns)
            makeCompute(instructionSet, threads: threads).siluMultiply(gate: gate, up: up, into: y, rows: 40)
            #expect(y.bits(rows: 40) == expected.bits(rows: 40))
        }
    }

    @Test func extremeActivationsStayFinite() {
        let inputs: [Float] = [-1e30, -1000, -100, -88.5, -87, -0.0, 0, .leastNonzeroMagnitude, 87, 88.5, 100, 1e30]
        let up = Tensor(rows: 1, columns: inputs.count, values: inputs.map { _ in 1 })
        var results: [[UInt32]] = []
        for instructionSet in InstructionSet.available {
            let gate = Tensor(rows: 1, columns: inputs.count, values: inputs)
            makeCompute(instructionSet, threads: 1).siluMultiply(gate: gate, up: up, into: gate, rows: 1)
            results.append(gate.bits(rows: 1))
            #expect(gate.values(0).allSatisfy { $0.isFinite })
            #expect(gate.values(0)[11] == 1e30 && gate.values(0)[10] == 100)
        }
        #expect(results.allSatisfy { $0 == results[0] })
    }

    @Test func gathersRows() {
        var samples = Samples(seed: 5)
        let x = Tensor(rows: 4, columns: 20, values: samples.floats(80))
        let y = Tensor(rows: 3, columns: 20)
        makeCompute(.scalar, threads: 1).gatherRows(x, rows: [3, 0, 3], into: y)
        #expect(y.values(0) == x.values(3) && y.values(1) == x.values(0) && y.values(2) == x.values(3))
    }
}
