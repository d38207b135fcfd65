import Kernels
import Models
import Testing
import Weights

/// What files, kernels and the choice of a format say about the same formats.
struct FormatTests {
    @Test(arguments: ElementFormat.allCases.filter(\.isInFiles))
    func aFormatIsATypeOfFilesWithTheSameBlocks(_ format: ElementFormat) throws {
        let type = try #require(TensorType.known(name: format.name))
        #expect(type.blockElements == format.blockElements && type.blockBytes == format.blockBytes)
    }

    @Test func everyChoiceButNoneIsAFormatThatCanBeMade() {
        for choice in Quantisation.allCases where choice != .none {
            #expect(choice.usualFormat?.canBeEncoded == true, "\(choice)")
        }
        #expect(Quantisation.none.usualFormat == nil)
    }

    @Test func everyFormatThatCanBeMadeIsAChoice() {
        let chosen = Quantisation.allCases.compactMap(\.usualFormat)
        #expect(Set(chosen) == Set(ElementFormat.allCases.filter(\.canBeEncoded)))
    }

    /// Another program must not take such a file for one of its own.
    @Test func aFormatThatNoFileHoldsIsNoTypeOfFiles() {
        for format in ElementFormat.allCases where !format.isInFiles {
            #expect(TensorType.known(name: format.name) == nil)
            #expect(format.byteCount(elements: 1024) == nil)
        }
    }

    @Test func everyChoiceHasANumberInFiles() {
        for format in Quantisation.allCases.compactMap(\.usualFormat) where format.isInFiles {
            #expect(TensorType.known(name: format.name)?.fileType != nil, "\(format)")
        }
    }
}
