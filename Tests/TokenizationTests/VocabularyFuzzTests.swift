import JSON
import Testing
import Tokenization

/// Mutated vocabularies either work or are refused; nothing else.
@Suite struct VocabularyFuzzTests {
    @Test(arguments: 0..<8)
    func mutationsNeverTrap(round: Int) throws {
        var random = Xorshift(seed: UInt64(round) &+ 77)
        var original = try TokenizerFixture.description(ofModel: "qwen2-tiny")
        original.rules = TextRules(named: TokenizerFixture.families[round % 4])
        var refused = 0
        var accepted = 0
        for _ in 0..<250 {
            var description = original
            for _ in 0...random.below(3) {
                mutate(&description, &random)
            }
            do throws(VocabularyError) {
                exercise(try Tokenizer(description))
                accepted += 1
            } catch {
                #expect(!error.reason.isEmpty)
                refused += 1
            }
        }
        #expect(refused > 20 && accepted > 20)
    }

    @Test(arguments: TokenizerFixture.families)
    func anyBytesCanBeEncoded(family: String) throws {
        var random = Xorshift(seed: 5)
        let tokenizer = try TokenizerFixture.tokenizer(family)
        for _ in 0..<2000 {
            let bytes = (0..<random.below(24)).map { _ in
                UInt8(random.below(2) == 0 ? 0x80 + random.below(128) : random.below(256))
            }
            let ids = tokenizer.encode(bytes.span, specialTokens: true, addBOS: false)
            let repaired = String(decoding: bytes, as: UTF8.self)
            #expect(ids == tokenizer.encode(repaired, specialTokens: true, addBOS: false))
        }
    }

    private func exercise(_ tokenizer: Tokenizer) {
        let text = "Hello wörld's 123  <|im_start|>\n\u{301}\u{0} 你好 👍🏽 <tool_call> zzz"
        let ids = tokenizer.encode(text, specialTokens: true, addBOS: true)
        var stream = TextStream(tokenizer: tokenizer, rendersSpecial: true)
        let streamed = ids.map { stream.append($0) }.joined() + stream.finish()
        #expect(Array(streamed.utf8) == Array(tokenizer.decode(ids, rendersSpecial: true).utf8))
        #expect(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.count })
        for id in 0..<Int32(tokenizer.count) {
            _ = tokenizer.piece(of: id)
        }
    }

    private func mutate(_ description: inout VocabularyDescription, _ random: inout Xorshift) {
        switch random.below(8) {
        case 0: description.pieces = flipped(description.pieces, &random)
        case 1: description.merges = flipped(description.merges, &random)
        case 2: description.pieces = moved(description.pieces, &random)
        case 3: description.merges = moved(description.merges, &random)
        case 4 where !description.types.isEmpty:
            description.types[random.below(description.types.count)] = Int32(truncatingIfNeeded: random.below(9)) - 1
        case 5: description.types.removeLast(min(random.below(2), description.types.count))
        case 6: description.bos = Int32(truncatingIfNeeded: random.below(1400)) - 10
        default: description.eos = Int32(truncatingIfNeeded: random.below(1400)) - 10
        }
    }

    private func flipped(_ table: PieceTable, _ random: inout Xorshift) -> PieceTable {
        var bytes = table.bytes
        guard !bytes.isEmpty else { return table }
        let index = random.below(bytes.count)
        bytes[index] = random.below(2) == 0 ? UInt8(random.below(256)) : bytes[random.below(bytes.count)]
        return PieceTable(bytes: bytes, ends: table.ends)
    }

    private func moved(_ table: PieceTable, _ random: inout Xorshift) -> PieceTable {
        var ends = table.ends
        guard !ends.isEmpty else { return table }
        let index = random.below(ends.count)
        switch random.below(5) {
        case 0: ends[index] += random.below(5) - 2
        case 1: ends.remove(at: index)
        case 2: ends[index] = random.below(2) == 0 ? Int.max : Int.min
        case 3: ends.swapAt(index, random.below(ends.count))
        default: ends.insert(ends[index], at: index)
        }
        return PieceTable(bytes: table.bytes, ends: ends)
    }
}

/// A small generator, so that every run sees the same mutations.
struct Xorshift {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }
}
