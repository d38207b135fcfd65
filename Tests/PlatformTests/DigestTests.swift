import Platform
import Testing

@Suite struct DigestTests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// The examples of FIPS 180-2.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func hashes(_ text: String, _ digest: String) { #expect(Self.hex(Digest.sha256(Array(text.utf8))) == digest) }

    /// One MiB at a time by a program that follows SP 800-38D bit by bit; SHA-256 over it.
    @Test func checksums() {
        let pool = ComputePool(threads: 2)
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let expected = "901dd6f6066396f8a312413ab9a1fc2bd1f1774baec9e52b2bdaaf14fea63734"
        #expect(unsafe Self.hex(Digest.checksum(bytes.span.bytes, pool: pool)) == expected)
    }

    /// Wherever a bit is wrong, and where pieces have changed places, the checksum is another.
    @Test func aChecksumTellsEveryAccident() {
        let pool = ComputePool(threads: 2)
        func checksum(_ bytes: [UInt8]) -> [UInt8] { unsafe Digest.checksum(bytes.span.bytes, pool: pool) }
        let mebibyte = 1 << 20
        let sound = (0..<2 * mebibyte + 5).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        var seen = Set([checksum(sound), checksum(sound + [0]), checksum(sound.dropLast())])
        seen.insert(checksum(Array(sound[mebibyte...] + sound[..<mebibyte])))
        for place in [0, 16, mebibyte - 1, mebibyte, 2 * mebibyte + 4] {
            var damaged = sound
            damaged[place] ^= 4
            seen.insert(checksum(damaged))
        }
        #expect(seen.count == 9 && checksum(sound) == checksum(sound + []))
    }

    @Test func compares() {
        #expect(Digest.equalInConstantTime([1, 2, 3], [1, 2, 3]))
        #expect(!Digest.equalInConstantTime([1, 2, 3], [1, 2, 4]))
        #expect(!Digest.equalInConstantTime([1, 2, 3], [1, 2]))
        #expect(Digest.equalInConstantTime([], []))
    }

    @Test func drawsDifferentBytes() {
        let draws = (0..<100).map { _ in Randomness.hex(byteCount: 16) }
        #expect(Set(draws).count == 100)
        #expect(draws.allSatisfy { $0.utf8.count == 32 })
        #expect(Randomness.bytes(0).isEmpty)
        #expect(Randomness.bytes(1000).count == 1000)
    }
}
