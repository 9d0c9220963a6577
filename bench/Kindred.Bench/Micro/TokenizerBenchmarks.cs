using BenchmarkDotNet.Attributes;
using Kindred.Models;
using Kindred.Models.Tokenizers;

namespace Kindred.Bench.Micro;

/// <summary>Text to ids, for a question and for a paragraph.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class TokenizerBenchmarks
{
    private const string Question = "How do I stop my laptop from overheating?";
    private WordPieceTokenizer? _tokenizer;
    private string _paragraph = "";

    [GlobalSetup]
    public void Load()
    {
        _tokenizer = WordPieceTokenizer.Load(ModelCatalog.Find("minilm")!.Folder);
        _paragraph = Corpus.Mixed(64).MaxBy(t => t.Length)!;
    }

    [Benchmark]
    public int[] OneQuestion() => _tokenizer!.Encode(Question, 256, out _);

    [Benchmark]
    public int[] OneParagraph() => _tokenizer!.Encode(_paragraph, 256, out _);

    [Benchmark]
    public int CountOfParagraph() => _tokenizer!.CountTokens(_paragraph);
}
