namespace Kindred.Words.Training;

/// <summary>What a network is asked to tell.</summary>
public enum WordTrainingMethod
{
    /// <summary>From a word the words around it (Mikolov, Chen, Corrado &amp; Dean 2013, section 3.2). Best for rare words.</summary>
    SkipGram,

    /// <summary>From the mean of the words around a place the word that stands there (same paper, section 3.1). Several times as fast.</summary>
    Cbow,
}
