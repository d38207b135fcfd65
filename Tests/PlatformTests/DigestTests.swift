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
