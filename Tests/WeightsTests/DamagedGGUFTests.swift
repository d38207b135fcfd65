import Testing
import Weights

/// Files that broke on the way: cut short or with flipped bits, they are refused or read, but never stop the process.
@Suite struct DamagedGGUFTests {
    @Test("Cut at any byte", arguments: ["qwen2-tiny-Q4_0.gguf", "qwen2-mixed.gguf"])
    func cut(name: String) throws {
        let whole = try GGUFFileTests.bytes(name)
        let file = try GGUFFile(bytes: whole, path: name)
        let dataStart = try #require(file.tensors.map(\.byteOffset).min())
        let lengths = Array(0..<dataStart) + stride(from: dataStart, to: whole.count, by: 997) + [whole.count - 1]
        for length in lengths {
            let error = #expect(throws: WeightsError.self, "cut after \(length) bytes") {
                try GGUFFile(bytes: Array(whole[..<length]), path: name)
            }
            guard let error else { return }
            #expect(error.file == name && !error.reason.isEmpty)
        }
    }

    @Test("Flipped bits in the tables", arguments: 0..<8)
    func flipped(seed: UInt64) throws {
        let whole = try GGUFFileTests.bytes("qwen2-mixed.gguf")
        let dataStart = try #require(try GGUFFile(bytes: whole, path: "x").tensors.map(\.byteOffset).min())
        var random = SplitMix(state: seed)
        var refused = 0
        for _ in 0..<1_000 {
            var damaged = whole
            for _ in 0...random.next() % 3 {
                damaged[Int(random.next() % UInt64(dataStart))] = random.interestingByte()
            }
            do {
                let file = try GGUFFile(bytes: damaged, path: "damaged.gguf")
                #expect(file.tensors.allSatisfy { $0.byteOffset + $0.byteCount <= damaged.count })
            } catch {
                #expect(error.file == "damaged.gguf")
                refused += 1
            }
        }
        #expect(refused > 100)
    }
}

/// A small generator, so that a failing seed can be run again.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Any byte, and often one of those that break arithmetic.
    mutating func interestingByte() -> UInt8 {
        let edges: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]
        let value = next()
        return value.isMultiple(of: 2) ? edges[Int(value >> 8) % edges.count] : UInt8(truncatingIfNeeded: value >> 16)
    }
}
